/** The screens of devices, by what a person reads there. */
export class Devices {
  constructor(page) {
    this.page = page;
  }

  get dialog() {
    return this.page.getByRole("dialog", { name: /^(Devices|Link a device|Rename device)$/ });
  }

  get rows() {
    return this.dialog.getByRole("list", { name: "Devices" }).getByRole("listitem");
  }

  async open() {
    await this.page.getByRole("button", { name: "Settings" }).click();
    await this.page.getByRole("dialog", { name: "Settings" }).getByRole("button", { name: "Devices" }).click();
    await this.rows.first().waitFor();
  }

  async close() {
    await this.page.keyboard.press("Escape");
    await this.dialog.waitFor({ state: "hidden" });
  }

  /** On a new device: begins, and gives the code that it shows. */
  async join(name) {
    await this.page.getByRole("button", { name: "Add this device to an account" }).click();
    await this.page.getByRole("textbox", { name: "Name of this device" }).fill(name);
    await this.page.getByRole("button", { name: "Show a code" }).click();
    const code = this.page.getByTestId("link-code");
    await code.waitFor();
    return (await code.innerText()).trim();
  }

  async enter(code, { companion = false, history } = {}) {
    await this.dialog.getByRole("button", { name: "Link a device" }).click();
    await this.dialog.getByRole("textbox", { name: "Code of the new device" }).fill(code);
    if (companion) await this.dialog.getByRole("radio", { name: "Companion" }).check();
    if (history !== undefined) await this.dialog.getByRole("combobox", { name: "What comes along" }).selectOption({ label: history });
    await this.dialog.getByRole("button", { name: "Link device" }).click();
  }

  /** What is to be compared, as it shows. */
  async shown() {
    const list = this.page.getByTestId("compare");
    await list.waitFor();
    return `${(await list.innerText()).replace(/\s+/g, " ")} ${await this.page.getByTestId("decimals").innerText()}`;
  }

  async confirm(same = true) {
    await this.page.getByRole("button", { name: same ? "They are the same" : "They differ" }).click();
  }

  async revoke(name) {
    await this.dialog.getByRole("button", { name: `Revoke ${name}` }).click();
    await this.page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
    await this.page.getByRole("alertdialog").waitFor({ state: "hidden" });
  }
}
