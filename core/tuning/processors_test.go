package tuning

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestProcessorsFollowTheLoadWithoutHaste(t *testing.T) {
	var s scaler
	loads := []float64{0.1, 0.59, 0.6, 0.9, 0.29, 0.3}
	loads = append(loads, slices.Repeat([]float64{0.1}, calmLooks)...)
	want := slices.Repeat([]scaleStep{scaleKeep}, len(loads))
	want[2], want[len(want)-1] = scaleUp, scaleDown
	for i, load := range loads {
		if got := s.look(load); got != want[i] {
			t.Errorf("look %d, load %v: %v, want %v", i, load, got, want[i])
		}
	}
}

func TestAFixedNumberOfProcessorsIsLeftAlone(t *testing.T) {
	s := scaler{fixed: true}
	for _, load := range slices.Repeat([]float64{5, 0}, 2*calmLooks) {
		if got := s.look(load); got != scaleKeep {
			t.Fatalf("load %v: %v", load, got)
		}
	}
}

const scalingMark = "ARALDO_TEST_SCALING"

// TestMain is also the process whose processors are looked at.
func TestMain(m *testing.M) {
	if os.Getenv(scalingMark) == "" {
		os.Exit(m.Run())
	}
	ScaleProcessors()
	fmt.Println(runtime.GOMAXPROCS(0))
	for runtime.GOMAXPROCS(0) == 1 {
	}
	fmt.Println(runtime.GOMAXPROCS(0))
	for runtime.GOMAXPROCS(0) > 1 {
		time.Sleep(lookAtLoad)
	}
	fmt.Println(runtime.GOMAXPROCS(0))
}

func TestABusyProcessTakesAllProcessorsAndGivesThemBack(t *testing.T) {
	all := runtime.GOMAXPROCS(0)
	if all == 1 {
		return // there is nothing to take
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GOMAXPROCS=") }),
		scalingMark+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		lines = append(lines, scanner.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"1", fmt.Sprint(all), "1"}; !slices.Equal(lines, want) {
		t.Errorf("processors %v, want %v", lines, want)
	}
}
