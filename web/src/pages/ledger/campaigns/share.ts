interface Counted {
  readonly assets: number;
  readonly confirmed: number;
  readonly rejected: number;
}

/** How much is answered, in whole per cent; 100 only when all is. */
export const shareOf = ({ assets, confirmed, rejected }: Counted): number =>
  assets === 0 ? 100 : Math.floor(((confirmed + rejected) / assets) * 100);
