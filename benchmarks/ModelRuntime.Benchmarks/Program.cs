using ModelRuntime.Benchmarks;

bool isQuick = args.Contains("--quick", StringComparer.Ordinal);
string[] verbs = [.. args.Where(argument => argument is not "--quick")];
IReadOnlyList<Action<int, bool>> chosen = Measurements.Choose(verbs, isQuick);
foreach (Action<int, bool> run in chosen)
{
    run(Environment.ProcessorCount, isQuick);
}

if (chosen.Count == 0)
{
    Console.Error.WriteLine($"Say what to measure: {string.Join(", ", Measurements.Names)}. With --quick alone, all on small sizes.");
}

return chosen.Count == 0 ? 1 : 0;
