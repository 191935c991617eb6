package fieldgate.admin_test

import data.fieldgate.admin

# R19, written down once more, apart from the policy: for each permission who may, and whether a team without the plan may.
matrix := {
	"session.read": {"who": "all", "plan": false},
	"session.end": {"who": "all", "plan": false},
	"team.read": {"who": "all", "plan": false},
	"member.read": {"who": "all", "plan": false},
	"member.add": {"who": "owner", "plan": false},
	"member.update": {"who": "owner", "plan": false},
	"member.remove": {"who": "owner", "plan": false},
	"key.read": {"who": "own", "plan": false},
	"key.generate": {"who": "own", "plan": false},
	"key.revoke": {"who": "own", "plan": false},
	"data_layer.read": {"who": "all", "plan": false},
	"data_layer.create": {"who": "owner", "plan": true},
	"data_layer.update": {"who": "owner", "plan": true},
	"data_layer.delete": {"who": "owner", "plan": false},
	"scope.read": {"who": "all", "plan": false},
	"scope.create": {"who": "all", "plan": true},
	"scope.update": {"who": "all", "plan": true},
	"scope.delete": {"who": "owner", "plan": false},
	"token.read": {"who": "all", "plan": false},
	"token.generate": {"who": "all", "plan": true},
	"token.revoke": {"who": "all", "plan": false},
	"sync.read": {"who": "all", "plan": false},
	"sandbox.run": {"who": "all", "plan": false},
	"sync.start": {"who": "all", "plan": false},
	"revision.read": {"who": "all", "plan": false},
	"revision.pin": {"who": "all", "plan": false},
	"revision.unpin": {"who": "all", "plan": false},
	"files.apply": {"who": "owner", "plan": true},
	"audit.read": {"who": "all", "plan": false},
}

# A question that an owner asks with a key for everything, changed as `with` says.
question(changes) := object.union(
	{
		"role": "owner",
		"key_permissions": ["admin", "decide"],
		"permission": "token.generate",
		"own": false,
		"entitled": true,
	},
	changes,
)

answers(document) := allowed if {
	allowed := admin.allowed with input as document
		with data.fieldgate.plan as {"entitled": true}
}

may(changes) := answers(question(changes))

# Whether exactly the permissions that are expected are allowed.
exactly(expected, changes) if {
	allowed := {permission | some permission, _ in matrix; may(object.union(changes, {"permission": permission}))}
	allowed == expected
}

of(who) := {permission | some permission, rule in matrix; rule.who in who}

free := {permission | some permission, rule in matrix; rule.plan == false}

# R19: role x permission.

test_r19_an_owner_may_do_everything if exactly(of({"all", "owner", "own"}), {})

test_r19_an_owner_may_with_their_own_keys_too if exactly(of({"all", "owner", "own"}), {"own": true})

test_r19_a_developer_may_not_do_what_only_owners_may if exactly(of({"all"}), {"role": "developer"})

test_r19_a_developer_manages_their_own_keys if exactly(of({"all", "own"}), {"role": "developer", "own": true})

test_r19_no_other_role_may_do_anything if {
	some_roles := ["", "Owner", "OWNER", "owners", "admin", "viewer", "mutant", "*"]
	every role in some_roles {
		exactly(set(), {"role": role})
		exactly(set(), {"role": role, "own": true})
		may({"role": role, "permission": "decide"}) == false
	}
	count(some_roles) == 8
}

test_r19_a_permission_that_no_rule_names_is_nobodys if {
	names := ["", "scope", "scope.", "scope.*", "scope.drop", "Scope.create", "admin", "mutant", "token.generate "]
	every name in names {
		may({"permission": name}) == false
		may({"permission": name, "role": "developer", "own": true}) == false
	}
	count(names) == 9
}

# Permissions of keys.

test_a_key_for_decisions_administers_nothing if exactly(set(), {"key_permissions": ["decide"]})

test_a_key_without_permissions_does_nothing if {
	exactly(set(), {"key_permissions": []})
	may({"key_permissions": [], "permission": "decide"}) == false
}

test_a_key_with_another_permission_does_nothing if {
	exactly(set(), {"key_permissions": ["Admin", "administer", "mutant", "owner"]})
	may({"key_permissions": ["Decide", "mutant"], "permission": "decide"}) == false
}

test_an_admin_key_administers if exactly(of({"all", "owner", "own"}), {"key_permissions": ["admin"]})

test_permissions_may_be_a_set if {
	may({"key_permissions": {"admin"}}) == true
	may({"key_permissions": {"decide"}}) == false
}

test_decisions_need_a_key_for_them if {
	may({"permission": "decide"}) == true
	may({"permission": "decide", "role": "developer"}) == true
	may({"permission": "decide", "key_permissions": ["decide"]}) == true
	may({"permission": "decide", "key_permissions": ["admin"]}) == false
}

# The plan.

test_without_the_plan_nothing_is_added if {
	exactly(free, {"entitled": false})
	exactly(free & of({"all"}), {"entitled": false, "role": "developer"})
	exactly(free & of({"all", "own"}), {"entitled": false, "role": "developer", "own": true})
}

test_without_the_plan_decisions_go_on if may({"entitled": false, "permission": "decide"}) == true

test_the_deployments_plan_counts_too if {
	plans := [{}, {"entitled": false}, {"entitled": null}, {"entitled": "true"}, {"entitled": 1}, {"mutant": true}, null, true, "entitled"]
	every plan in plans {
		admin.allowed == false with input as question({}) with data.fieldgate.plan as plan
		admin.allowed == true with input as question({"permission": "token.revoke"}) with data.fieldgate.plan as plan
	}
	count(plans) == 9
}

test_no_data_adds_nothing if {
	admin.allowed == false with input as question({}) with data.fieldgate.plan as {}
	admin.allowed == false with input as question({})
}

# Empty, null, absent and mistyped inputs.

test_no_input_is_denied if {
	inputs := [{}, null, [], "", "owner", true, 0, set()]
	every document in inputs {
		answers(document) == false
	}
	count(inputs) == 8
}

test_an_absent_key_is_denied if {
	names := ["role", "key_permissions", "permission", "entitled"]
	every name in names {
		answers(object.remove(question({}), [name])) == false
	}
	every name in ["role", "key_permissions", "permission"] {
		answers(object.remove(question({"permission": "decide"}), [name])) == false
	}
	count(names) == 4
}

test_an_absent_own_is_no_own if {
	asked := question({"role": "developer", "permission": "key.read"})
	answers(object.remove(asked, ["own"])) == false
	answers(object.union(asked, {"own": true})) == true
}

test_a_mistyped_key_is_denied if {
	values := [null, "", 0, 1, true, false, [], {}, set(), ["owner"], ["token.generate"], {"token.generate": true}, {"owner": "owner"}]
	every value in values {
		may({"role": value}) == false
		may({"permission": value}) == false
		may({"role": value, "permission": "decide"}) == false
	}
	count(values) == 13
}

test_permissions_of_another_type_are_none if {
	values := [null, "", "admin", "decide", 0, true, {}, {"admin": true}, {"a": "admin"}, {"d": "decide"}, [["admin"]], [null], [{"admin": true}]]
	every value in values {
		exactly(set(), {"key_permissions": value})
		may({"key_permissions": value, "permission": "decide"}) == false
	}
	count(values) == 13
}

test_only_true_is_true if {
	values := [null, "true", "", 0, 1, [], [true], {}, {"true": true}, false]
	every value in values {
		exactly(free, {"entitled": value})
		may({"role": "developer", "permission": "key.read", "own": value}) == false
	}
	count(values) == 10
}

test_more_keys_change_nothing if {
	exactly(of({"all"}), {"role": "developer", "owner": true, "allowed": true, "roles": ["owner"], "permissions": ["admin"]})
}
