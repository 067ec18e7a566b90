using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ModelAggregation.PublicApi.Tests;

/// <summary>Writes down what an assembly shows: a line for each public type and each member that others can use or override.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
    };

    public static IReadOnlyList<string> Of(Assembly assembly) =>
        [.. assembly.GetExportedTypes().Where(type => IsNamed(type.FullName!)).SelectMany(Lines).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Lines(Type type)
    {
        string name = Name(type);
        yield return $"{Kind(type)} {name}{Bases(type)}";
        if (type.IsEnum)
        {
            foreach (FieldInfo value in type.GetFields(BindingFlags.Public | BindingFlags.Static))
            {
                yield return $"{name}.{value.Name} = {Convert.ToInt64(value.GetRawConstantValue(), CultureInfo.InvariantCulture)}";
            }

            yield break;
        }

        NullabilityInfoContext nullability = new();
        foreach (FieldInfo field in type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly))
        {
            yield return $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : string.Empty)}{name}.{field.Name} : {Name(field.FieldType)}";
        }

        foreach (PropertyInfo property in type.GetProperties(Declared).Where(property => property.GetAccessors(nonPublic: true).Any(IsVisible)))
        {
            string accessors = string.Concat(property.GetAccessors(nonPublic: true).Where(IsVisible).Select(Accessor));
            string index = property.GetIndexParameters() is { Length: > 0 } indices ? $"[{Parameters(indices, nullability)}]" : string.Empty;
            bool isNullable = nullability.Create(property).ReadState == NullabilityState.Nullable && !property.PropertyType.IsValueType;
            yield return $"{Modifiers(property.GetAccessors(nonPublic: true).First(IsVisible))}{name}.{property.Name}{index} {{ {accessors}}} : {Name(property.PropertyType)}{(isNullable ? "?" : string.Empty)}";
        }

        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(constructor => !constructor.IsStatic && IsVisible(constructor)))
        {
            yield return $"{name}..ctor({Parameters(constructor.GetParameters(), nullability)})";
        }

        foreach (MethodInfo method in type.GetMethods(Declared).Where(method => IsVisible(method) && IsNamed(method.Name) && !IsAccessor(method)))
        {
            string arguments = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : string.Empty;
            yield return $"{Modifiers(method)}{name}.{method.Name}{arguments}({Parameters(method.GetParameters(), nullability)}) : {Returned(method.ReturnParameter, nullability)}";
        }
    }

    private static string Kind(Type type) =>
        type.IsEnum ? "enum"
        : type.IsInterface ? "interface"
        : type.IsSubclassOf(typeof(Delegate)) ? "delegate"
        : type.IsValueType ? (type.IsByRefLike ? "ref struct" : "struct")
        : type is { IsAbstract: true, IsSealed: true } ? "static class"
        : type.IsAbstract ? "abstract class"
        : type.IsSealed ? "sealed class"
        : "class";

    private static string Bases(Type type)
    {
        if (type.IsEnum || type.IsSubclassOf(typeof(Delegate)))
        {
            return string.Empty;
        }

        IEnumerable<Type> inherited = type.BaseType?.GetInterfaces() ?? [];
        string[] bases = [.. new[] { type.BaseType }.OfType<Type>().Where(item => item != typeof(object) && item != typeof(ValueType))
            .Concat(type.GetInterfaces().Except(inherited).Where(item => item.IsPublic)).Select(Name).Order(StringComparer.Ordinal)];
        return bases.Length == 0 ? string.Empty : $" : {string.Join(", ", bases)}";
    }

    // What the compiler makes up has names that no source can have; extension blocks among them, whose members show as plain methods too.
    private static bool IsNamed(string name) => !name.Contains('<', StringComparison.Ordinal);

    private static bool IsVisible(MethodBase method) => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && method.DeclaringType is { IsSealed: false });

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && method.DeclaringType!.GetProperties(Declared).SelectMany(property => property.GetAccessors(nonPublic: true)).Contains(method);

    private static string Accessor(MethodInfo accessor) =>
        accessor.ReturnType != typeof(void) ? "get; "
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init; "
        : "set; ";

    private static string Modifiers(MethodInfo method)
    {
        string family = method.IsPublic ? string.Empty : "protected ";
        bool isInterface = method.DeclaringType!.IsInterface;
        string kind = method.IsStatic ? "static "
            : isInterface ? string.Empty
            : method.IsAbstract ? "abstract "
            : method.IsVirtual && method.GetBaseDefinition() != method ? "override "
            : method is { IsVirtual: true, IsFinal: false } ? "virtual "
            : string.Empty;
        return family + kind;
    }

    private static string Parameters(ParameterInfo[] parameters, NullabilityInfoContext nullability) => string.Join(", ", parameters.Select(parameter =>
    {
        string kind = parameter.IsOut ? "out " : parameter.ParameterType.IsByRef ? (parameter.IsIn ? "in " : "ref ") : string.Empty;
        return $"{kind}{Returned(parameter, nullability)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {Default(parameter)}" : string.Empty)}";
    }));

    private static string Returned(ParameterInfo parameter, NullabilityInfoContext nullability)
    {
        Type type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        NullabilityInfo info = nullability.Create(parameter);
        bool isNullable = !type.IsValueType && (info.ReadState == NullabilityState.Nullable || info.WriteState == NullabilityState.Nullable);
        return Name(type) + (isNullable ? "?" : string.Empty);
    }

    private static string Default(ParameterInfo parameter) => parameter.DefaultValue switch
    {
        null => parameter.ParameterType.IsValueType ? "default" : "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        object value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Name(Type type)
    {
        if (Keywords.TryGetValue(type, out string? keyword))
        {
            return keyword;
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        if (type.IsArray)
        {
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return $"{Name(underlying)}?";
        }

        string prefix = type.IsNested ? $"{Name(type.DeclaringType!)}." : $"{type.Namespace}.";
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        string simple = tick < 0 ? type.Name : type.Name[..tick];
        string arguments = type.IsGenericType ? $"<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : string.Empty;
        return prefix + simple + arguments;
    }
}
