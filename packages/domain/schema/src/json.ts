/** A JSON value, as read from a request. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
