package main

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/fieldgate/fieldgate/bench/report"
)

// compared are the modules whose versions the page names.
var compared = []string{
	"cel.dev/cel-go", "github.com/casbin/casbin/v3", "github.com/cedar-policy/cedar-go", "github.com/open-policy-agent/opa",
	"github.com/valyala/fasthttp", "github.com/vektah/gqlparser/v2",
}

// describe says on what is measured.
func describe(ctx context.Context, root string, r *report.Results) error {
	r.Machine["processor"] = line("/proc/cpuinfo", "model name")
	r.Machine["cores"] = strconv.Itoa(runtime.NumCPU())
	r.Machine["memory"] = line("/proc/meminfo", "MemTotal")
	r.Machine["system"] = system()
	r.Versions["go"] = runtime.Version()
	commit, err := exec.CommandContext(ctx, "git", "-C", root, "rev-parse", "--short=12", "HEAD").Output() //nolint:gosec // a folder that the caller names
	if err == nil {
		r.Versions["fieldgate"] = strings.TrimSpace(string(commit))
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			for _, name := range compared {
				if module.Path == name {
					r.Versions[name] = module.Version
				}
			}
		}
	}
	if out, err := exec.CommandContext(ctx, "nginx", "-v").CombinedOutput(); err == nil {
		_, version, _ := strings.Cut(strings.TrimSpace(string(out)), "/")
		r.Versions["nginx"] = version
	}
	return hiveVersion(root, r)
}

func hiveVersion(root string, r *report.Results) error {
	data, err := os.ReadFile(filepath.Join(root, "bench", "node", "hive", "package.json"))
	if err != nil {
		return err
	}
	for text := range strings.Lines(string(data)) {
		if name, version, found := strings.Cut(text, `": "`); found && strings.Contains(name, "@graphql-hive/gateway") {
			r.Versions["npm @graphql-hive/gateway"] = strings.Trim(version, "\",\n")
		}
	}
	return nil
}

func system() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS + "/" + runtime.GOARCH
	}
	return runtime.GOOS + "/" + runtime.GOARCH + " " + strings.TrimSpace(string(release))
}

// line returns the value of the first line of a file that begins with a name.
func line(file, name string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		if key, value, found := strings.Cut(lines.Text(), ":"); found && strings.TrimSpace(key) == name {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return "unknown"
}
