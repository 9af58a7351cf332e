// Umami's own packages, for test files that live elsewhere: the client of its 2nd and of its 3rd version, side by side.
// SPDX-License-Identifier: MIT
import old from 'umami-api-client-0.79';

export { Umami } from '@umami/node';
export { UmamiApiError, UmamiClient, operations } from '@umami/api-client';
export const { getClient } = old;
