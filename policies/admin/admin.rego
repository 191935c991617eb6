# METADATA
# title: Who may administer what
# description: |
#   Rule R19. A member may do what their role has, with a key that may be used for it, as far as the team's plan goes.
#   Owners and developers generate and revoke tokens, add and edit scopes; only owners delete scopes, manage members and
#   the keys of others, and create, change and delete data layers.
#
#   data.fieldgate.plan.entitled says whether this deployment's plan has API access control, input.entitled whether the
#   team's has. Without it what is there goes on working and can be read and taken away, but nothing is added.
#
#   What no set below names is nobody's: a new permission has to be put into one first.
# schemas:
#   - input: schema["admin-input"]
package fieldgate.admin

# METADATA
# title: Whether the member may
# description: True when input.permission is granted, and false in every other case.
# entrypoint: true
default allowed := false

allowed if {
	"admin" in key_permissions
	role_allows
	plan_allows
}

# Asking for decisions needs a key that was made for it. It is no matter of the plan: what is guarded stays guarded.
allowed if {
	input.permission == "decide"
	"decide" in key_permissions
	input.role in {"owner", "developer"}
}

role_allows if input.permission in granted[input.role]

# A developer's own keys are theirs.
role_allows if {
	input.role == "developer"
	input.own == true
	input.permission in keys
}

plan_allows if input.permission in without_plan

plan_allows if {
	input.entitled == true
	data.fieldgate.plan.entitled == true
}

# What the key may be used for: a list in JSON, a set in Go.
key_permissions contains permission if {
	type_name(input.key_permissions) in {"array", "set"}
	some permission in input.key_permissions
}

granted := {
	"developer": union({reading, daily, extending}),
	"owner": union({reading, daily, extending, keys, managing, defining}),
}

without_plan := union({reading, daily, keys, managing})

reading := {
	"session.read",
	"team.read",
	"member.read",
	"data_layer.read",
	"scope.read",
	"token.read",
	"sync.read",
	"revision.read",
	"audit.read",
}

# What keeps things running, and takes away what must not run on.
daily := {
	"session.end",
	"token.revoke",
	"sandbox.run",
	"sync.start",
	"revision.pin",
	"revision.unpin",
}

extending := {
	"token.generate",
	"scope.create",
	"scope.update",
}

keys := {
	"key.read",
	"key.generate",
	"key.revoke",
}

managing := {
	"member.add",
	"member.update",
	"member.remove",
	"data_layer.delete",
	"scope.delete",
}

# A data layer's definition says where the upstream is and which variables of the server go there, and applying files
# does all of this at once.
defining := {
	"data_layer.create",
	"data_layer.update",
	"files.apply",
}
