/** A name with underscores as a part of the id of an operation: days_of_wear is DaysOfWear. */
export const idPart = (name: string) => name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
