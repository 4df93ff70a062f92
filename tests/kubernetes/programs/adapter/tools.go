// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package adapter pins the metrics adapter of the tests' own cluster.
package adapter

import _ "sigs.k8s.io/prometheus-adapter/cmd/adapter"
