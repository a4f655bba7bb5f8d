/** The page begins here. */
import { Page } from "./page.ts";

new Page(document.body).begin();
