// What Zotero's translators read from files: node zotero_reader.js TRANSLATION-SERVER, the name of a file on each line
// of its input. Each is answered by a line of JSON: the label of the translator that took it, and the items it found.
const fs = require('fs');
const path = require('path');
const readline = require('readline');

const folder = path.resolve(process.argv[2]);
process.chdir(folder); // where its settings are
process.env.SUPPRESS_NO_CONFIG_WARNING = 'true';
console.log = console.error; // its messages are not to stand among the answers
require(path.join(folder, 'src', 'zotero.js'));

async function read(file) {
	const translate = new Zotero.Translate.Import();
	translate.setString(fs.readFileSync(file, 'utf8'));
	const [translator] = await translate.getTranslators();
	if (!translator) {
		return { translator: null, items: [] };
	}
	translate.setTranslator(translator);
	return { translator: translator.label, items: await translate.translate({ libraryID: 1 }) };
}

(async () => {
	Zotero.Debug.init(0);
	await Zotero.Translators.init();
	for await (const file of readline.createInterface({ input: process.stdin })) {
		const answer = await read(file).catch(error => ({ translator: 'failed', items: [], error: String(error) }));
		process.stdout.write(JSON.stringify(answer) + '\n');
	}
})();
