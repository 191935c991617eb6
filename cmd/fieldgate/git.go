package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/fieldgate/fieldgate/engine/scope"
)

// maxGitBytes is how much of a tree is read out of git.
const maxGitBytes = 128 << 20

// readGit returns the files of an access directory as they are at a git reference, by slash path relative to dir. A directory
// that there was not yet has none.
func readGit(ctx context.Context, dir, ref string) (map[string][]byte, error) {
	if strings.HasPrefix(ref, "-") || ref == "" {
		return nil, &usageError{message: fmt.Sprintf("%q is no git reference", ref)}
	}
	if _, err := git(ctx, dir, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}"); err != nil {
		if _, outside := git(ctx, dir, "rev-parse", "--git-dir"); outside != nil {
			return nil, outside
		}
		return nil, &usageError{message: fmt.Sprintf("git knows no commit %q", ref), hint: "in CI, fetch it first, as in `git fetch origin main`"}
	}
	prefix, err := git(ctx, dir, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	tree := ref + ":" + strings.TrimSpace(string(prefix))
	if !gitHas(ctx, dir, tree) {
		return map[string][]byte{}, nil // the directory was not there yet
	}
	top, err := git(ctx, dir, "rev-parse", "--show-toplevel") // git archive leaves out what is not below where it runs
	if err != nil {
		return nil, err
	}
	archive, err := git(ctx, strings.TrimRight(string(top), "\n"), "archive", "--format=tar", tree)
	if err != nil {
		return nil, err
	}
	return untar(archive)
}

// gitHas reports whether git knows an object.
func gitHas(ctx context.Context, dir, object string) bool {
	_, err := git(ctx, dir, "rev-parse", "--verify", "--quiet", "--end-of-options", object)
	return err == nil
}

// git runs git in a directory and returns what it prints.
func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...) //nolint:gosec // no shell, and a reference never begins with -
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, &usageError{message: "there is no git on this machine", hint: "compare with another directory or a server instead: --against DIR or --server URL"}
	case err != nil:
		text, _, _ := strings.Cut(strings.TrimSpace(messages.String()), "\n")
		return nil, &usageError{message: fmt.Sprintf("%s is not in a git repository: %s", dir, text), hint: "name what to compare with: --against DIR_OR_REF or --server URL"}
	}
	return out.Bytes(), nil
}

// untar returns the files of an archive that can be part of an access directory.
func untar(archive []byte) (map[string][]byte, error) {
	files, size := map[string][]byte{}, 0
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("git archive: %w", err)
		}
		if header.Typeflag != tar.TypeReg || !scope.Relevant(header.Name) {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(r, maxGitBytes))
		if err != nil {
			return nil, fmt.Errorf("git archive: %s: %w", header.Name, err)
		}
		if size += len(text); size >= maxGitBytes {
			return nil, fmt.Errorf("the access directory holds more than %d MiB in git", maxGitBytes>>20)
		}
		files[header.Name] = text
	}
}
