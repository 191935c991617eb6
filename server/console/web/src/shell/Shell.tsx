import { Menu } from "@base-ui/react/menu";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { layersQuery, teamQuery } from "../api/queries";
import { Notice } from "../ui/Notice";
import { Icon, type IconName } from "./Icon";
import { useMay, useSession, useSignOut } from "./session";
import "./shell.css";
import { chooseTheme, useTheme } from "./theme";

/** Shell is what is around every page: where one is, where one can go, who one is. */
export function Shell() {
  const [open, setOpen] = useState(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  const shown = useRef(path);
  // A page that was navigated to begins at its top, for the eye and for the keyboard.
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    setOpen(false);
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="topbar">
        <Brand />
        <button type="button" className="icon-button" aria-expanded={open} aria-controls="navigation" onClick={() => setOpen(!open)}>
          <Icon name={open ? "close" : "menu"} />
          <span className="visually-hidden">{open ? "Close the menu" : "Open the menu"}</span>
        </button>
      </header>
      <div id="navigation" className={open ? "sidebar sidebar-open" : "sidebar"}>
        <div className="sidebar-brand">
          <Brand />
        </div>
        <Navigation />
        <Person />
      </div>
      <main id="main" className="main" tabIndex={-1} ref={main}>
        <Plan />
        <Outlet />
      </main>
    </div>
  );
}

/** Plan says so when the team's plan has no API access control: then whatever would add something is refused. */
function Plan() {
  const team = useQuery(teamQuery);
  if (team.data?.entitled !== false) return null;
  return (
    <Notice tone="warning" title="API access control is not in this team’s plan">
      <p>What is there goes on being guarded, and can be read, revoked and deleted. No tokens, scopes or data layers can be added.</p>
    </Notice>
  );
}

function Brand() {
  return (
    <Link to="/layers" className="brand">
      <img src="/favicon.svg" alt="" width="24" height="24" />
      Fieldgate
    </Link>
  );
}

const ofLayer: { to: string; icon: IconName; name: string; permission: string }[] = [
  { to: "", icon: "overview", name: "Overview", permission: "data_layer.read" },
  { to: "/tokens", icon: "tokens", name: "API tokens", permission: "token.read" },
  { to: "/scopes", icon: "scopes", name: "API scopes", permission: "scope.read" },
  { to: "/access", icon: "access", name: "Who can read what", permission: "scope.read" },
  { to: "/sandbox", icon: "sandbox", name: "Sandbox", permission: "sandbox.run" },
];

const ofTeam: { to: string; icon: IconName; name: string; permission: string }[] = [
  { to: "/layers", icon: "layers", name: "Data layers", permission: "data_layer.read" },
  { to: "/audit", icon: "audit", name: "Audit log", permission: "audit.read" },
  { to: "/members", icon: "members", name: "Members and keys", permission: "member.read" },
];

function Navigation() {
  const { layer } = useParams({ strict: false });
  const team = useQuery(teamQuery);
  const may = useMay();
  return (
    <nav className="nav" aria-label="Console">
      {layer !== undefined && (
        <section aria-label={`Data layer ${layer}`}>
          <LayerSwitch current={layer} />
          <ul className="plain">
            {ofLayer
              .filter((item) => may(item.permission))
              .map((item) => (
                <li key={item.name}>
                  <NavLink {...item} to={`/layers/${encodeURIComponent(layer)}${item.to}`} exact={item.to === ""} />
                </li>
              ))}
          </ul>
        </section>
      )}
      <section aria-label="Team">
        <div className="nav-title breakable">Team{team.data && ` ${team.data.name}`}</div>
        <ul className="plain">
          {ofTeam
            .filter((item) => may(item.permission))
            .map((item) => (
              <li key={item.name}>
                <NavLink {...item} exact={item.to === "/layers"} />
              </li>
            ))}
        </ul>
      </section>
    </nav>
  );
}

function NavLink({ to, icon, name, exact }: { to: string; icon: IconName; name: string; exact: boolean }) {
  return (
    <Link to={to} className="nav-link" activeOptions={{ exact, includeSearch: false }}>
      <Icon name={icon} />
      {name}
    </Link>
  );
}

/** LayerSwitch names the data layer and leads to the same page of another. */
function LayerSwitch({ current }: { current: string }) {
  const layers = useQuery(layersQuery);
  const others = (layers.data ?? []).filter((layer) => layer.name !== current);
  if (others.length === 0) return <div className="layer-name">{current}</div>;
  return (
    <Menu.Root>
      <Menu.Trigger className="layer-switch">
        <span className="breakable">{current}</span>
        <span aria-hidden="true">▾</span>
        <span className="visually-hidden">, change data layer</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="start">
          <Menu.Popup className="popup">
            {others.map((layer) => (
              <Menu.Item key={layer.id} className="popup-item" render={<Link to="/layers/$layer" params={{ layer: layer.name }} />}>
                {layer.name}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Person() {
  const { member } = useSession();
  const theme = useTheme();
  const signOut = useSignOut();
  return (
    <div className="person">
      <Link to="/members/$member" params={{ member: member.id }} className="person-name">
        <Icon name="account" />
        <span>
          <span className="breakable">{member.name}</span>
          <span className="small muted">{member.role}</span>
        </span>
      </Link>
      <button type="button" className="icon-button" onClick={() => chooseTheme(theme === "dark" ? "light" : "dark")}>
        <Icon name={theme === "dark" ? "sun" : "moon"} />
        <span className="visually-hidden">{theme === "dark" ? "Light colours" : "Dark colours"}</span>
      </button>
      <button type="button" className="button button-small" onClick={() => void signOut()}>
        Sign out
      </button>
    </div>
  );
}
