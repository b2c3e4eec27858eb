import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { until } from "./wait.mjs";

/** What a person does in the demo's forums, by the accessible names that a person (or a screen reader) goes by. */
export class Topics {
  constructor(page) {
    this.page = page;
  }

  /** Goes to the list of categories and topics. */
  async section() {
    await this.page.getByRole("list", { name: "Sections" }).getByRole("link", { name: /^Forums/ }).click();
    await this.page.getByRole("heading", { name: "General" }).waitFor();
  }

  /** Creates a topic and opens it. `visibility` and `history` are the names of the choices. */
  async create(title, { visibility = "By invitation", history = "Everything", description = "" } = {}) {
    await this.section();
    await this.page.getByRole("button", { name: "New topic" }).click();
    const dialog = this.page.getByRole("dialog", { name: "New topic" });
    await dialog.getByRole("textbox", { name: "Title" }).fill(title);
    if (description !== "") await dialog.getByRole("textbox", { name: "Description" }).fill(description);
    await dialog.getByRole("radio", { name: visibility, exact: true }).check();
    await dialog.getByRole("radio", { name: history, exact: true }).check();
    await dialog.getByRole("button", { name: "Continue" }).click();
    await dialog.getByTestId("policy-words").waitFor();
    await dialog.getByRole("button", { name: "Create topic" }).click();
    await dialog.waitFor({ state: "hidden" });
    await this.active();
  }

  row(title) {
    return this.page.locator(".topic-row[data-topic-id]").filter({ hasText: title });
  }

  async open(title) {
    await this.section();
    await this.row(title).click({ timeout: 30_000 });
    await this.log.waitFor();
  }

  get view() {
    return this.page.getByRole("region", { name: "Topic", exact: true });
  }

  get log() {
    return this.page.getByRole("log", { name: "Posts" });
  }

  get thread() {
    return this.page.getByRole("log", { name: "Thread" });
  }

  get composer() {
    return this.page.getByRole("textbox", { name: "Post", exact: true });
  }

  /** Waits until the open topic can be written in. */
  async active(timeoutMs = 30_000) {
    await until("the topic is active", async () => (await this.view.getAttribute("data-state")) === "active", { timeoutMs });
  }

  async post(text) {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await until("the composer is empty again", async () => (await this.composer.inputValue()) === "");
  }

  async reply(to, text) {
    await this.menu(to, "Reply in thread");
    const field = this.page.getByRole("textbox", { name: "Reply", exact: true });
    await field.fill(text);
    await field.press("Enter");
    await until("the reply shows", async () => (await this.thread.getByText(text).count()) === 1);
  }

  /** The post of the topic (not of a thread) that contains a text. */
  article(text) {
    return this.log.getByRole("article").filter({ hasText: text });
  }

  /** Chooses from the menu of the post that contains a text. */
  async menu(text, item) {
    const article = this.article(text);
    await article.hover();
    await article.getByRole("button", { name: "More" }).click();
    await this.page.getByRole("dialog", { name: "More" }).getByRole("button", { name: item }).click();
  }

  async react(text, emoji) {
    const article = this.article(text);
    await article.hover();
    await article.getByRole("button", { name: "Add a reaction" }).click();
    await this.page.getByRole("dialog", { name: "Reactions" }).getByRole("button", { name: emoji }).click();
  }

  /** Texts of the open topic, oldest first. */
  async texts() {
    return this.log.locator("article .post-content .message-text").allInnerTexts();
  }

  async sees(text, timeoutMs = 30_000) {
    await until(`the post “${text.slice(0, 40)}” shows`, async () => (await this.texts()).some((shown) => shown.includes(text)), { timeoutMs });
  }

  /** Waits until exactly these texts show, in this order. */
  async assertTexts(expected, timeoutMs = 40_000) {
    await until(`${expected.length} posts show`, async () => isDeepStrictEqual(await this.texts(), expected), { timeoutMs }).catch(async (error) => {
      assert.deepEqual(await this.texts(), expected, error.message);
    });
  }

  async allSent(timeoutMs = 40_000) {
    await until("every post is sent", async () => (await this.log.locator("[data-state=sending]").count()) === 0, { timeoutMs });
    assert.equal(await this.log.locator("[data-state=failed]").count(), 0, "a post failed");
  }

  /** Makes an invitation link to the open topic. */
  async link({ uses = "up to 100 people", withHistory = true } = {}) {
    await this.page.getByRole("button", { name: "Invite people" }).first().click();
    const dialog = this.page.getByRole("dialog", { name: "Invite people" });
    await dialog.getByRole("combobox", { name: "People it lets in" }).selectOption({ label: uses });
    const history = dialog.getByRole("checkbox", { name: "The link opens earlier posts" });
    if (await history.isVisible()) await history.setChecked(withHistory);
    await dialog.getByRole("button", { name: "Make link" }).click();
    const link = await dialog.getByRole("textbox", { name: "Invitation link" }).inputValue();
    await dialog.getByRole("button", { name: "Done" }).click();
    await dialog.waitFor({ state: "hidden" });
    return link;
  }

  /** Opens an invitation link and gives the dialog that it opens. */
  async follow(link) {
    await this.page.goto(link);
    const dialog = this.page.getByRole("dialog", { name: "Invitation" });
    await dialog.waitFor();
    return dialog;
  }

  async join(link) {
    const dialog = await this.follow(link);
    await dialog.getByRole("button", { name: "Join", exact: true }).click();
    await dialog.waitFor({ state: "hidden", timeout: 40_000 });
    await this.active();
  }

  /** Adds people without asking them. */
  async add(...usernames) {
    await this.page.getByRole("button", { name: "Invite people" }).first().click();
    const dialog = this.page.getByRole("dialog", { name: "Invite people" });
    const directly = dialog.getByRole("button", { name: "Add directly" });
    if (await directly.isVisible()) await directly.click();
    for (const username of usernames) {
      await dialog.getByRole("textbox", { name: "Find by username" }).fill(username);
      await dialog.getByRole("button", { name: "Find", exact: true }).click();
      await dialog.getByRole("list", { name: "People to add" }).getByText(username, { exact: true }).waitFor();
    }
    await dialog.getByRole("button", { name: "Add to topic" }).click();
    await dialog.waitFor({ state: "hidden", timeout: 40_000 });
  }

  /** Opens the details of the open topic. */
  async details() {
    const toggle = this.page.getByRole("button", { name: "Topic details" });
    if ((await toggle.getAttribute("aria-expanded")) !== "true") await toggle.click();
    return this.page.getByRole("region", { name: "Details" });
  }

  /** Names of the members, in the details, sorted. */
  async members() {
    const details = await this.details();
    return (await details.getByRole("list", { name: "Members" }).locator(".person-name bdi").allInnerTexts()).sort();
  }

  /** Opens the details of a member of the open topic. */
  async member(username) {
    const details = await this.details();
    await details.getByRole("list", { name: "Members" }).getByRole("button").filter({ hasText: username }).click();
    await details.getByRole("heading", { name: "Member" }).waitFor();
    return details;
  }

  async setRole(username, role) {
    const details = await this.member(username);
    await details.getByRole("combobox", { name: "Role" }).selectOption({ label: role });
    await until("the role holds", async () => details.getByRole("combobox", { name: "Role" }).isEnabled());
    await details.getByRole("button", { name: "Back to topic details" }).click();
  }

  async remove(username, { ban = false } = {}) {
    const details = await this.member(username);
    await details.getByRole("button", { name: ban ? "Remove and ban" : "Remove from topic" }).click();
    const question = this.page.getByRole("alertdialog");
    await question.getByRole("button", { name: ban ? "Ban" : "Remove", exact: true }).click();
    await question.waitFor({ state: "hidden", timeout: 40_000 });
  }
}
