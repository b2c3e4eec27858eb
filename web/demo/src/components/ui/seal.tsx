/** The mark: an envelope's flap pressed into a round seal. */
export function Seal({ className = "" }: { className?: string }) {
  return (
    <svg className={`seal ${className}`} viewBox="0 0 48 48" aria-hidden="true">
      <path className="seal-rim" d={RIM} />
      <circle className="seal-ring" cx="24" cy="24" r="15.5" />
      <path className="seal-flap" d="M15.5 19.5h17v10.6a1.4 1.4 0 0 1-1.4 1.4H16.9a1.4 1.4 0 0 1-1.4-1.4z M15.8 19.9 24 26.6l8.2-6.7" />
    </svg>
  );
}

/** Wax runs out unevenly when it is pressed: a circle with three waves on it. */
const RIM = rim(180);

function rim(steps: number): string {
  const points = Array.from({ length: steps }, (_, step) => {
    const angle = (step / steps) * 2 * Math.PI;
    const reach = 21.6 + 0.75 * Math.cos(3 * angle + 0.7) + 0.6 * Math.cos(5 * angle + 2.4) + 0.45 * Math.cos(8 * angle + 1.1);
    return `${(24 + reach * Math.sin(angle)).toFixed(2)} ${(24 - reach * Math.cos(angle)).toFixed(2)}`;
  });
  return `M${points.join("L")}Z`;
}
