pytest_plugins = ["lib.fixtures"]
