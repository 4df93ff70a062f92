// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package prometheus pins the Prometheus of the tests' own cluster: Debian's is built without the
// discovery of Kubernetes pods.
package prometheus

import _ "github.com/prometheus/prometheus/cmd/prometheus"
