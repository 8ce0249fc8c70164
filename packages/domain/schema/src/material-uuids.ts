/** Ids of the materials since version 8 of the official API, by those of version 7; a renamed material keeps its own. */
export const MATERIAL_UUIDS: Readonly<Record<string, string>> = {
  elasthane: '9973088b-c929-4cc5-894a-1e4d28c161d4',
  'ei-acrylique': '49a0bec0-f9f3-42db-a514-a9dcf06a8969',
  'ei-jute-kenaf': 'a09b2677-2900-4417-a202-e5f9a1abcce1',
  'ei-pp': '73ef624d-250e-4a9a-af5d-43505b21b527',
  'ei-pet': '9dba0e95-0c35-4f8b-9267-62ddf47d4984',
  'ei-pet-r': '8f44c680-1263-4588-b79b-a9e4dc3d8de4',
  'ei-pa': 'c84280ff-e921-4d5c-92d6-51030bf4f74e',
  'ei-lin': 'a52e486c-b67e-40af-8337-e8143cbf9076',
  'ei-laine-par-defaut': '1fc3e17d-5661-429d-a150-7986eae16d9d',
  'ei-laine-nouvelle-filiere': '72e29a61-52a9-4eb5-b3fc-5fb87edea041',
  'ei-coton': '62a4d6fb-3276-4ba5-93a3-889ecd3bff84',
  'ei-coton-organic': 'a1c1c2ec-33b1-49d6-bf8e-139e2eb7f097',
  'ei-chanvre': '0c1a4654-b030-4fe1-86b7-d96ce0b85bb8',
  'ei-viscose': 'c087d394-5901-4b03-ba7a-7d4b0db0490c',
  'coton-rdpc': '457e9b0d-9eda-4dca-b199-deeb0a154fa9',
  'coton-rdp': 'd3d20384-88fb-4c75-ac12-c647365ac6c5',
};
