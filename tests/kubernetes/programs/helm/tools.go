// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package helm pins the chart installer of the tests.
package helm

import _ "helm.sh/helm/v3/cmd/helm"
