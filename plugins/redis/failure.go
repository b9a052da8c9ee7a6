package redis

import (
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/araldo-relay/araldo/core"
	"github.com/araldo-relay/araldo/plugins/sdk"
)

// unreachable is the failure of messages that could not be sent because there is no connection, whatever the cause:
// nothing listening, a wrong password, TLS where there is none.
func unreachable(t *target, err error) *sdk.Failure {
	return &sdk.Failure{Class: core.FailureRetryable, Scope: core.ScopeEndpoint, Attempted: core.AttemptedNo,
		Detail: fmt.Sprintf("%v: %v", t, err)}
}

// failure says what an error of one command, such as PUBLISH, means.
func failure(t *target, command string, err error) *sdk.Failure {
	answer := redis.Error(nil)
	if !errors.As(err, &answer) {
		return &sdk.Failure{Class: core.FailureRetryable, Scope: core.ScopeEndpoint, Attempted: core.AttemptedUnknown,
			Detail: fmt.Sprintf("%v: no answer to %s: %v", t, command, err)}
	}
	f := &sdk.Failure{Class: core.FailurePermanent, Scope: core.ScopeMessage, Attempted: core.AttemptedNo,
		Detail: fmt.Sprintf("%v: %s", t, harmless(answer.Error()))}
	if ofServer(answer.Error()) {
		f.Class, f.Scope = core.FailureRetryable, core.ScopeEndpoint
	}
	return f
}

// ofServer reports whether an error answer is about the server or the account, not about the message.
func ofServer(answer string) bool {
	for _, prefix := range [...]string{"NOAUTH", "WRONGPASS", "NOPERM", "DENIED", "LOADING", "BUSY", "MASTERDOWN",
		"CLUSTERDOWN", "READONLY", "TRYAGAIN", "NOREPLICAS", "MISCONF", "OOM", "ERR max number of clients",
		"ERR unknown command"} {
		if strings.HasPrefix(answer, prefix) {
			return true
		}
	}
	return false
}

// harmless cuts off what Redis quotes of a command that it does not know: that could be payload.
func harmless(answer string) string {
	before, _, _ := strings.Cut(answer, ", with args")
	return before
}
