/** Where a stored file is found again: the SHA-256 of its bytes is its name. */
interface StoredFile {
  readonly sha256: string;
  readonly bytes: number;
}

/** Content-addressed files (attachments, exports). The same bytes are kept once. */
export interface Files {
  /** @throws AppError `too_large` past `bytesMax`, `storage_full` when the disk is full */
  put(content: AsyncIterable<Uint8Array>, bytesMax: number): Promise<StoredFile>;
  /** @throws AppError `not_found` */
  get(sha256: string): Promise<Uint8Array>;
}
