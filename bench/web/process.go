package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a server may take to listen.
const patience = 60 * time.Second

// process is a server that was started here.
type process struct {
	name    string
	address string
	cmd     *exec.Cmd
	output  *os.File
	ended   chan struct{}
	failure error // how it ended
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start runs a server in a process group of its own and waits until it listens on address. Its output is kept in dir.
func start(ctx context.Context, dir, name, address string, env []string, argv ...string) (*process, error) {
	output, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, err
	}
	p := &process{name: name, address: address, cmd: exec.CommandContext(ctx, argv[0], argv[1:]...), output: output, ended: make(chan struct{})} //nolint:gosec // the servers that are compared
	p.cmd.Env, p.cmd.Dir = append(os.Environ(), env...), dir
	p.cmd.Stdout, p.cmd.Stderr = output, output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Cancel = func() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, output.Close())
	}
	go func() {
		defer close(p.ended)
		p.failure = p.cmd.Wait()
	}()
	if err := p.listening(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w\n%s", name, err, p.said()), p.stop())
	}
	return p, nil
}

// said is the end of what the server has printed.
func (p *process) said() string {
	data, err := os.ReadFile(p.output.Name())
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-2_000):])
}

func (p *process) listening(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.address); err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-p.ended:
			return fmt.Errorf("it ended before it listened: %w", p.failure)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// stop ends the server and what it started.
func (p *process) stop() error {
	group := -p.cmd.Process.Pid
	if err := syscall.Kill(group, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	timer := time.NewTimer(5 * time.Second)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		if err := syscall.Kill(group, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
		<-p.ended
	}
	return p.output.Close()
}

// ticks is how many clock ticks of processor time /proc counts in a second, on every architecture that Go supports.
const ticks = 100

// processorTime is what the processes of the server's group have used so far.
func (p *process) processorTime() (time.Duration, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	total := 0
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		if group, used, ok := readStat(string(text)); ok && group == p.cmd.Process.Pid {
			total += used
		}
	}
	return time.Duration(total) * time.Second / ticks, nil
}

// readStat returns a process's group and its ticks in user and system mode; see proc(5).
func readStat(text string) (group, used int, ok bool) {
	end := strings.LastIndex(text, ") ") // of the name, which may hold anything
	values := strings.Fields(text[end+1:])
	if end < 0 || len(values) < 13 {
		return 0, 0, false
	}
	group, err := strconv.Atoi(values[2])
	user, errUser := strconv.Atoi(values[11])
	system, errSystem := strconv.Atoi(values[12])
	return group, user + system, errors.Join(err, errUser, errSystem) == nil
}

// run runs a command to its end and returns what it printed.
func run(ctx context.Context, dir string, env []string, argv ...string) (string, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...) //nolint:gosec // the programs that are compared
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, complaint.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// closeAll stops the processes, last first.
func closeAll(list []*process) error {
	var errs []error
	for i := len(list) - 1; i >= 0; i-- {
		errs = append(errs, list[i].stop())
	}
	return errors.Join(errs...)
}
