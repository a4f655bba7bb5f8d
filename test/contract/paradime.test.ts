/** The contract of every source, for Paradime: the demo's runs, served by the emulator as those of Bolt schedules. */
import { answersAsTheFilesSay } from "./answers.ts";
import { openParadime } from "./paradime.ts";

answersAsTheFilesSay("Paradime", openParadime);
