// Encodes and decodes texts.json with Hugging Face's tokenizers: npm install @anush008/tokenizers@0.6.0 (the Rust library, as it is), then node reference.js.
const { Tokenizer } = require('@anush008/tokenizers');
const fs = require('fs');

const texts = JSON.parse(fs.readFileSync('texts.json'));
(async () => {
  for (const folder of fs.readdirSync('.').filter(name => fs.existsSync(`${name}/tokenizer.json`))) {
    const tokenizer = Tokenizer.fromFile(`${folder}/tokenizer.json`);
    const lines = [];
    for (const text of texts) {
      const ids = Array.from((await tokenizer.encode(text, null, { addSpecialTokens: true })).getIds());
      lines.push(JSON.stringify({ ids, text: await tokenizer.decode(ids, true), whole: await tokenizer.decode(ids, false) }));
    }
    fs.writeFileSync(`${folder}/reference.json`, `[\n${lines.join(',\n')}\n]\n`);
  }
})();
