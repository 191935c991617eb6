import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["src/api/schema.d.ts"] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  hooks.configs.flat.recommended,
  a11y.flatConfigs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Markup is made of elements, never of text.
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "text is shown as text" },
        { selector: "MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]", message: "text is shown as text" },
        { selector: "MemberExpression[object.name=/^(sessionStorage|indexedDB)$/]", message: "nothing is stored in the browser but the theme" },
      ],
      "@typescript-eslint/no-confusing-void-expression": "off",
      // A region that scrolls has to be within the keyboard's reach.
      "jsx-a11y/no-noninteractive-tabindex": "off",
      // Tables say their roles, which browsers drop where rows are shown as cards.
      "jsx-a11y/no-redundant-roles": "off",
      "jsx-a11y/no-interactive-element-to-noninteractive-role": "off",
      "jsx-a11y/label-has-associated-control": ["error", { controlComponents: ["Autocomplete.Input"] }],
      // A heading may be filled by the component that renders it.
      "jsx-a11y/heading-has-content": "off",
      // A library's hooks that are not made for the compiler are used without it.
      "react-hooks/incompatible-library": "off",
    },
  },
);
