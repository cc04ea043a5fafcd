import type { Ctx } from '#platform/context.ts';
import type { Service } from '#platform/slice.ts';
import { openSigner, type Signer } from './signer.ts';

/** An entry waits at most this long for a checkpoint. */
const SIGN_EVERY_MS = 15_000;

/** Signs the journal's head whenever it moved, and once more at the stop. */
export const signingService: Service = {
  name: 'journal-signing',
  role: 'work',
  async start(ctx) {
    const signer = await openSigner(ctx.config);
    let running = signHead(signer, ctx);
    const timer = setInterval(() => {
      running = running.then(() => signHead(signer, ctx));
    }, SIGN_EVERY_MS);
    timer.unref();
    return {
      async stop() {
        clearInterval(timer);
        await running;
        await signHead(signer, ctx);
      },
    };
  },
};

/** A failure must not stop the platform: work goes on, unsigned, and the log and `tongan doctor` say so. */
async function signHead(signer: Signer, ctx: Ctx): Promise<void> {
  try {
    await signer.sign(ctx);
  } catch (cause) {
    ctx.log.error({ err: cause }, 'the journal was not signed');
  }
}
