// The EMF library, apart from the other packages: loading it reads the environment and looks around.
// SPDX-License-Identifier: MIT
export { default } from 'aws-embedded-metrics';
