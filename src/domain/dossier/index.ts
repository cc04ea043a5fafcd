/**
 * The dossier of an asset (资产档案): what every part of the platform knows of one asset, on one time axis and in short. It
 * only reads: each part is asked through its own door, and nobody is told what their role or unit may not see.
 */
import type { Slice } from '#platform/slice.ts';
import { dossierRoutes } from './routes.ts';

export const dossierSlice: Slice = { name: 'dossier', routes: dossierRoutes };
