package corp.lists

known(name) if name in data.corp.names
