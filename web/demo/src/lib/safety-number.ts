/** Sixty digits in twelve groups of five. */
export function safetyGroups(digits: string): readonly string[] {
  return digits.replace(/\D/gu, "").match(/\d{1,5}/gu) ?? [];
}
