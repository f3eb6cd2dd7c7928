/** Connections to PostgreSQL of Huizhen and of the floor alike. */
export const poolConnections = 16

/** In a body: replaced by a text of its own in every request. */
export const uniqueMark = '{{unique}}'
