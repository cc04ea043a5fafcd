/** The part of Splunk's sender that tests use; it comes without types. */
declare module 'splunk-logging' {
  export class Logger {
    constructor(options: { token: string; url: string; maxBatchCount?: number; maxRetries?: number });
    error: (error: Error) => void;
    send(context: { message: unknown; metadata?: object }): void;
    flush(done: (error: Error | null, response: unknown, body: { code: number }) => void): void;
  }
}
