// @ts-check
/** The field for a code that was mailed: six digits, which phones may fill in by themselves. */

import { field } from "../shared/forms.js";
import { t } from "../shared/messages.js";

/** Needs the words of "account". */
export function codeField() {
  return field({
    name: "code",
    label: t("account.code"),
    hint: t("account.codeHint"),
    check: (text) => (/^\d{3} ?\d{3}$/.test(text) ? "" : t("account.wrongCode")),
    attributes: { autocomplete: "one-time-code", inputmode: "numeric", maxlength: 7, spellcheck: "false" },
  });
}
