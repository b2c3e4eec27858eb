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

/** Twelve soft scallops around the centre. */
const RIM = rim(12, 21.4, 1.5);

function rim(scallops: number, radius: number, depth: number): string {
  const points = Array.from({ length: scallops * 10 }, (_, step) => {
    const angle = (step / (scallops * 10)) * 2 * Math.PI;
    const reach = radius + depth * Math.cos(angle * scallops);
    return `${(24 + reach * Math.sin(angle)).toFixed(2)} ${(24 - reach * Math.cos(angle)).toFixed(2)}`;
  });
  return `M${points.join("L")}Z`;
}
