/**
 * What a pass has changed: nothing (false); what is in blocks and passed on edges, so that what is known of the blocks stays
 * ("contents"); which blocks there are, but no operand or argument ("blocks"); or anything (true).
 */
export type Change = boolean | "contents" | "blocks";
