/**
 * What a caller gave, with each member read now and never again: a getter may answer differently the next time. Anything but
 * an object is given back as it is, for the store to refuse.
 */
export function takeOnce<Given>(given: Given): Given {
  return typeof given === 'object' && given !== null ? { ...given } : given
}
