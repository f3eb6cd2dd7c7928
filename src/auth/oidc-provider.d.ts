declare module 'oidc-provider/lib/helpers/als.js' {
  import type { AsyncLocalStorage } from 'node:async_hooks'
  const als: AsyncLocalStorage<unknown>
  export default als
}

/**
 * The files of oidc-provider that are imported in place of its entry, which prints a warning on every
 * Node but the long-term releases from 22 on. What it says does not hold here: the floor is Node 20,
 * and all tests run on it.
 */
declare module 'oidc-provider/lib/provider.js' {
  export { Provider } from 'oidc-provider'
}
declare module 'oidc-provider/lib/helpers/errors.js' {
  import { errors } from 'oidc-provider'
  export = errors
}
