import { run } from "./story.js";

void run();
