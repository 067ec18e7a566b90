using LoraFederation.Benchmarks;

bool isQuick = args.Contains("--quick", StringComparer.Ordinal);
string[] verbs = [.. args.Where(argument => argument is not "--quick")];
Action<int, bool>[] chosen = verbs switch
{
    ["ratio-stack"] => [StackRatios.Run],
    ["ratio-recompress"] => [RecompressionRatios.Run],
    [] when isQuick => [StackRatios.Run, RecompressionRatios.Run],
    _ => [],
};
foreach (Action<int, bool> run in chosen)
{
    run(Environment.ProcessorCount, isQuick);
}

if (chosen.Length == 0)
{
    Console.Error.WriteLine("Say what to measure: ratio-stack or ratio-recompress. With --quick alone, both on small sizes.");
}

return chosen.Length == 0 ? 1 : 0;
