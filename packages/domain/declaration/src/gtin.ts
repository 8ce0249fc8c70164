export { GTIN_LENGTHS, hasCheckDigit, hasGtinLength, withCheckDigit } from '@ecobalyse/schema';
