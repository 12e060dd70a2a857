/** The profile that runs are made under. Not frozen yet: without gas, results of endless loops are not comparable. */
export const profile = 'ipvm/0'
