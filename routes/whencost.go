package routes

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// costs says how many steps a call is, by the values that it works on: CEL's own figures are for values whose types are
// known before, which a message's are not.
type costs struct{}

// CallCost implements cost.ActualCostEstimator.
func (costs) CallCost(function, _ string, args []ref.Val, _ ref.Val) *uint64 {
	steps := uint64(1)
	for _, arg := range args {
		switch function {
		case "_==_", "_!=_", "@in", "_in_", "in":
			steps += deepWeight(arg, mostSteps)
		default:
			steps += weight(arg)
		}
	}
	return &steps
}

// weight is what it takes to read or copy a text.
func weight(v ref.Val) uint64 {
	switch text := v.(type) {
	case types.String:
		return uint64(len(text)) / 10
	case types.Bytes:
		return uint64(len(text)) / 10
	}
	return 0
}

// deepWeight is what it takes to compare a value with all that is in it, at most about limit.
func deepWeight(v ref.Val, limit uint64) uint64 {
	list, ok := v.(traits.Iterable)
	if !ok {
		return weight(v)
	}
	sum := uint64(0)
	fields, _ := v.(traits.Mapper)
	for it := list.Iterator(); it.HasNext() == types.True && sum < limit; {
		item := it.Next()
		sum += 1 + deepWeight(item, limit-sum)
		if fields != nil && sum < limit {
			sum += deepWeight(fields.Get(item), limit-sum)
		}
	}
	return sum
}
