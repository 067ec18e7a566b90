using LoraFederation.Benchmarks;

bool isQuick = args.Contains("--quick", StringComparer.Ordinal);
switch (args)
{
    case ["ratio-stack", ..]:
        StackRatios.Run(Environment.ProcessorCount, isQuick);
        break;
    default:
        Console.Error.WriteLine("Say what to measure: ratio-stack. With --quick, on small sizes.");
        return 1;
}

return 0;
