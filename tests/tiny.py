"""A tiny region with a row in every table, in which nothing is wrong or odd."""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping

import pandas as pd

from sungari.region.package import Region

TINY = {
    "parties": """
party,name,kind,parent
cn,China,country,
hlj,Heilongjiang,province,cn
ru,Russia,country,
""",
    "places": """
place,name,party,lat,lon,kind
mine,Mine,ru,50,127,mine
town,Town,hlj,48,127,city
port,Port,ru,43,132,port
""",
    "commodities": """
commodity,name,unit,value,source
coal,Coal,t,50,s1
power,Power,MWh,60,s1
""",
    "periods": """
period,year,days,years
2030-01,2030,31,5
2030-07,2030,31,5
2035-01,2035,31,1
""",
    "profiles": """
profile,period,factor,source
winter,01,0.5,s1
""",
    "supply": """
place,commodity,capacity,cost,step,min,profile,source
mine,coal,1000,10,1,,winter,s1
mine,coal,500,20,2,,,s1
""",
    "processes": """
process,name,cost,unit,source
plant,Plant,5,MWh,s1
""",
    "recipes": """
process,commodity,amount,place,source
plant,coal,-0.4,,s1
plant,power,1,,s1
plant,coal,-0.5,town,s1
""",
    "facilities": """
place,process,capacity,min,source
town,plant,1000,,s1
""",
    "units": """
place,unit,capacity,source
town,boiler,500,s1
""",
    "unit_use": """
process,unit,use,source
plant,boiler,0.5,s1
""",
    "stores": """
place,commodity,capacity,cost,loss,cycle,initial,source
town,coal,100,1,0.1,year,,s1
""",
    "links": """
link,from,to,mode,distance,capacity,both_ways,cost,days,loss,congestion,source
rail,mine,town,train,300,1000,true,0,2,0,c,s1
sea,mine,port,ship,1000,,false,0,5,0.01,,s1
""",
    "rates": """
mode,commodity,per_km,per_unit,per_day,link,source
train,*,0.01,0,0.1,,s1
ship,coal,0.005,1,0,,s1
train,coal,0.02,0,0.1,rail,s1
""",
    "congestion": """
curve,utilisation,days,source
c,0,0,s1
c,0.8,1,s1
""",
    "duties": """
from_party,to_party,commodity,ad_valorem,specific,quota,banned,source
ru,cn,coal,0.05,0,,false,s1
""",
    "demand": """
place,commodity,quantity,price,elasticity,min,penalty,source
town,power,800,60,-0.5,,,s1
port,coal,100,90,,10,,s1
""",
    "projects": """
project,name,sector,capex,size_min,size_max,lumpy,life,host,lead,year_from,year_to,committed,requires,excludes,source
bridge,Bridge,transport,1000,0,1,true,50,ru,1,2030,2032,false,,ferry,s1
ferry,Ferry,transport,100,0,1,true,20,ru,0,,,false,,,s1
""",
    "effects": """
project,table,row,column,change,source
bridge,links,rail,capacity,500,s1
ferry,links,rail,days,-1,s1
""",
    "shares": """
project,party,share
bridge,ru,0.5
bridge,cn,0.5
ferry,ru,1
""",
    "ownership_caps": """
party,sector,max_foreign_share,source
ru,transport,0.6,s1
""",
    "budgets": """
party,year,amount,sector,source
*,2030,5000,transport,s1
""",
    "hazards": """
hazard,name,kind,frequency,probability,severity,mean,sd,factor,loading,copula,df,source
flood,Flood,event,0.1,,beta,0.2,0.1,weather,0.3,t,4,s1
fares,Fares fall,drift,,,,,0.2,market,0.5,,,s1
""",
    "correlations": """
factor,other,correlation,source
weather,market,0.2,s1
""",
    "exposures": """
project,hazard,amount,deductible,limit,source
bridge,flood,500,0.1,0.9,s1
ferry,fares,100,,,s1
""",
    "fund": """
key,value,party,layer,source
opening_capital,50,ru,,s1
contribution,5,cn,,s1
premium_rule,wang,,,s1
replenishment_trigger,20,,,s1
replenishment_target,30,,,s1
reinsurance_retention,100,,top,s1
reinsurance_limit,200,,top,s1
""",
    "scenarios": """
scenario,name,table,row,column,factor,change,probability,source
dear,Dear power,demand,town/power,price,1.2,,0.3,s1
dear,,duties,*/cn/coal,ad_valorem,,0.05,,s1
late,Late bridge,projects,bridge,review_months,,12,,s1
""",
    "uncertainties": """
uncertainty,table,row,column,acts,distribution,mean,sd,low,mode,high,values,chances,common,loading,source
price,demand,*/power,price,factor,lognormal,1,0.2,,,,,,market,0.5,s1
price,supply,mine,cost,factor,,,,,,,,,,,s1
review,projects,*,review_months,change,discrete,,,,,,0;12,0.5;0.5,,,s1
ice,profiles,winter,factor,factor,pert,,,0.5,1,1.1,,,market,-0.2,s1
""",
    "criteria": """
criterion,name,unit,direction,measure,preference,indifference,strict
money,Net present value,,more,npv,usual,,
jobs,Jobs,count,more,,linear,1,10
""",
    "criteria_scores": """
project,criterion,value,source
bridge,jobs,100,s1
ferry,jobs,20,s1
""",
    "criteria_weights": """
party,criterion,weight,source
cn,money,0.6,s1
cn,jobs,0.4,s1
""",
    "criteria_judgements": """
party,criterion,other,ratio,source
ru,money,jobs,3,s1
""",
    "sources": """
source,title
s1,Made up for tests
""",
}


def table(text: str) -> pd.DataFrame:
    """A table from CSV text, all cells as text."""
    return pd.read_csv(io.StringIO(text.strip() + "\n"), dtype=str, keep_default_na=False)


def tiny_region(changes: Mapping[str, str | None] | None = None, **settings: object) -> Region:
    """The tiny region, with some tables replaced by other CSV text, or left out (None)."""
    texts = {k: v for k, v in {**TINY, **(changes or {})}.items() if v is not None}
    if any("_unit" in text.replace("per_unit", "") or "currency" in text for text in texts.values()):
        return Region.from_tables("tiny", {k: table(v) for k, v in texts.items()}, **settings)
    # tables that stay as they are need not be read again: hundreds of tests make this region
    new = Region.from_tables("tiny", {k: table(v) for k, v in texts.items() if v != TINY.get(k)}, **settings)
    return Region("tiny", {k: new.tables.get(k, _typed().get(k)) for k in texts}, new.settings)


@functools.cache
def _typed() -> dict[str, pd.DataFrame]:
    return Region.from_tables("tiny", {k: table(v) for k, v in TINY.items()}).tables


def edited(name: str, old: str, new: str) -> dict[str, str | None]:
    """One table's text with a part of it replaced."""
    text = TINY[name]
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    return {name: text.replace(old, new)}


def added(name: str, *rows: str) -> dict[str, str | None]:
    """One table's text with rows added."""
    return {name: TINY[name].strip() + "\n" + "\n".join(rows) + "\n"}
