// Logs a few things with pino or winston: as it comes, or set up with lines of configuration that somebody was told.
// SPDX-License-Identifier: MIT
//
//   node lines.mjs pino|winston [CONFIGURATION]
import { pino, winston } from '../../node/loggers.mjs';

const [library, told] = process.argv.slice(2);
const context = { functionName: 'shop-cart', requestId: '26fdb24d-9ea3-4767-862f-5e76cae1d1ca' };
const error = new RangeError('no such item');

// pino is told members of its options.
function byPino() {
  const logger = told === undefined ? pino() : pino({ ...new Function(`return { ${told} }`)(), base: context });

  logger.info('cart loaded');
  logger.info({ cart: { items: 2, total: 9.5 } }, 'cart "changed"\nby\t\u00fc');
  logger.warn({ took: 1200 }, 'slow');
  logger.error(error, 'cart lost');
}

// winston is told a format, to stand before those of its own.
function byWinston() {
  const { format } = winston;
  const formats = told === undefined ? [format.json()] : [new Function('format', `return ${told}`)(format), format.timestamp(), format.json()];
  const logger = winston.createLogger({ format: format.combine(...formats), defaultMeta: told === undefined ? {} : context, transports: [new winston.transports.Console()] });

  logger.info('cart loaded');
  logger.info('cart "changed"\nby\t\u00fc', { cart: { items: 2, total: 9.5 } });
  logger.warn('slow', { took: 1200 });
  logger.error('cart lost', told === undefined ? {} : { error: error.stack });
}

(library === 'pino' ? byPino : byWinston)();
