// Package sdktest is the conformance suite of plugins. A plugin's test calls Run with what the plugin promises and a
// function that sets up the outside world of one instance; the suite plays the hub, first with the plugin in this
// process, then with the plugin in a process of its own:
//
//	func TestMain(m *testing.M) { sdktest.Main(m, redis.Plugin) }
//
//	func TestConformance(t *testing.T) {
//		sdktest.Run(t, redis.Plugin, sdktest.Promises{ID: "endpoint-redis", New: newOutside})
//	}
//
// Hub and Session are there for a plugin's own tests too.
package sdktest
