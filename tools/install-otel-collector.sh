#!/usr/bin/env bash
# Builds an OpenTelemetry Collector with the two parts that a test of the collector uses (files in, OTLP/HTTP out) from its Go
# modules, into /opt/otelcol. Takes some minutes of a processor, so CI does not; without it the test is left out.
set -euo pipefail
[ -x /opt/otelcol/otelcol ] && exit 0
command -v go >/dev/null || { echo "needs Go"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >go.mod <<'MOD'
module otelcol-for-tests

go 1.25
MOD
cat >main.go <<'GO'
package main

import (
	"log"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"
)

func parts() (otelcol.Factories, error) {
	all := otelcol.Factories{Telemetry: otelconftelemetry.NewFactory()}
	var err error
	if all.Receivers, err = otelcol.MakeFactoryMap[receiver.Factory](filelogreceiver.NewFactory()); err != nil {
		return all, err
	}
	all.Exporters, err = otelcol.MakeFactoryMap[exporter.Factory](otlphttpexporter.NewFactory())
	return all, err
}

func main() {
	providers := []confmap.ProviderFactory{fileprovider.NewFactory()}
	command := otelcol.NewCommand(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "otelcol", Version: "0.165.0"},
		Factories: parts,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{
			ResolverSettings: confmap.ResolverSettings{ProviderFactories: providers, DefaultScheme: "file"},
		},
	})
	if err := command.Execute(); err != nil {
		log.Fatal(err)
	}
}
GO
go get go.opentelemetry.io/collector/otelcol@v0.165.0 go.opentelemetry.io/collector/exporter/otlphttpexporter@v0.165.0 \
  github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver@v0.165.1
go mod tidy
go build -trimpath -ldflags='-s -w' -o otelcol .
mkdir -p /opt/otelcol
mv otelcol /opt/otelcol/otelcol
