// `node bench/figure.mjs <figure> <rounds> [<commands>]`: takes one figure and prints its lines as JSON.
const [figure, rounds, commands] = process.argv.slice(2);
const { measure } = await import(`./figures/${figure}.mjs`);
const lines = await measure(Number(rounds), commands || null);
console.log(JSON.stringify(lines.map((line) => ({ figure, ...line }))));
