import assert from "node:assert/strict";
import { until } from "./wait.mjs";

/**
 * What a person does in the demo, by the accessible names that a person (or a screen reader) goes by.
 * Works on a page, so that several tabs can be driven.
 */
export class Demo {
  constructor(page) {
    this.page = page;
  }

  async register(username) {
    await this.page.getByRole("textbox", { name: "Username" }).fill(username);
    await this.page.getByRole("button", { name: "Create account" }).click();
    await this.page.getByRole("button", { name: "New conversation" }).first().waitFor();
    await this.online();
  }

  /** Waits until the connection is up and nothing waits to be sent. */
  async online(timeoutMs = 40_000) {
    const connection = this.page.locator("[data-connection-state]").first();
    await until("the demo is online with an empty outbox", async () => {
      const state = await connection.getAttribute("data-connection-state");
      const pending = await connection.getAttribute("data-pending");
      return state === "online" && pending === "0";
    }, { timeoutMs });
  }

  async #pick(username) {
    const dialog = this.page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Find by username" }).fill(username);
    await dialog.getByRole("button", { name: "Find", exact: true }).click();
    await dialog.getByRole("list", { name: "People to add" }).getByText(username, { exact: true }).waitFor();
  }

  /** Looks somebody up, which asks the relay, and leaves it at that. */
  async find(username) {
    await this.page.getByRole("button", { name: "New conversation" }).first().click();
    await this.#pick(username);
    const dialog = this.page.getByRole("dialog", { name: "New conversation" });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  /** Starts a conversation, or a group with two or more people, and opens it. */
  async startConversation(usernames, name = "") {
    await this.page.getByRole("button", { name: "New conversation" }).first().click();
    const dialog = this.page.getByRole("dialog");
    for (const username of usernames) await this.#pick(username);
    if (usernames.length > 1 && name !== "") await dialog.getByRole("textbox", { name: "Group name" }).fill(name);
    await dialog.getByRole("button", { name: usernames.length > 1 ? "Create group" : "Start conversation" }).click();
    await this.composer.waitFor();
  }

  get composer() {
    return this.page.getByRole("textbox", { name: "Message", exact: true });
  }

  get log() {
    return this.page.getByRole("log", { name: "Messages" });
  }

  row(title) {
    return this.page.getByRole("list", { name: "Conversations" }).getByRole("link").filter({ hasText: title });
  }

  async open(title, timeout = 20_000) {
    await this.row(title).first().click({ timeout });
    await this.log.waitFor();
  }

  async send(text) {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await until("the composer is empty again", async () => (await this.composer.inputValue()) === "");
  }

  /** Texts of the open conversation, oldest first. */
  async texts() {
    return this.log.locator("article[data-type=text] .bubble").allInnerTexts();
  }

  /** Membership notices of the open conversation. */
  async notices() {
    return this.log.locator("[data-type=membership]").allInnerTexts();
  }

  async sees(text, timeoutMs = 30_000) {
    await until(`the message “${text.slice(0, 40)}” shows`, async () => (await this.texts()).some((shown) => shown.includes(text)), { timeoutMs });
  }

  /** Asserts that exactly these texts show, once each, in this order, once the last has arrived. */
  async assertTexts(expected, timeoutMs = 40_000) {
    await until(`${expected.length} messages show`, async () => (await this.texts()).length >= expected.length, { timeoutMs }).catch(async (error) => {
      assert.deepEqual(await this.texts(), expected, error.message);
    });
    assert.deepEqual(await this.texts(), expected);
  }

  /** Asserts that nothing in the open conversation failed or could not be opened. */
  async assertHealthy() {
    assert.equal(await this.log.locator("[data-type=undecryptable]").count(), 0, "an undecryptable message");
    assert.equal(await this.log.locator("[data-state=failed]").count(), 0, "a failed message");
  }

  async allSent(timeoutMs = 40_000) {
    await until("every message is sent", async () => (await this.log.locator("[data-state=sending]").count()) === 0, { timeoutMs });
  }

  /** The message on screen that says so. */
  message(text) {
    return this.log.locator("[data-message-id]", { hasText: text });
  }

  /** Opens the menu of a message. */
  async openMenu(text) {
    const message = this.message(text);
    await message.hover();
    await message.getByRole("button", { name: "More" }).click();
  }

  async openPicker(text) {
    const message = this.message(text);
    await message.hover();
    await message.getByRole("button", { name: "Add a reaction" }).click();
  }

  async react(text, emojiName) {
    await this.openPicker(text);
    await this.page.getByRole("dialog", { name: "Reactions" }).getByRole("button", { name: emojiName }).click();
  }

  async openEditor(text) {
    await this.openMenu(text);
    await this.page.getByRole("button", { name: "Edit", exact: true }).click();
  }

  async edit(text, wanted) {
    await this.openEditor(text);
    await this.page.getByRole("textbox", { name: "Edit message" }).fill(wanted);
    await this.page.getByRole("button", { name: "Save" }).click();
  }

  async delete(text) {
    await this.openMenu(text);
    await this.page.getByRole("button", { name: "Delete", exact: true }).click();
    await this.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  }

  async details() {
    await this.page.getByRole("button", { name: /details/i }).first().click();
    return this.page.getByRole("region", { name: "Details" });
  }
}
